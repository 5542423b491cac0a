package text

// singles folds characters that Unicode's compatibility forms leave alone but
// that readers take for the same letter.
var singles = func() map[rune]string {
	m := map[rune]string{
		// Latin
		'đ': "d", 'Đ': "d", 'ð': "d", 'ø': "o", 'Ø': "o", 'ł': "l", 'Ł': "l", 'ß': "ss", 'ẞ': "ss",
		'æ': "ae", 'Æ': "ae", 'œ': "oe", 'Œ': "oe", 'ı': "i", 'ħ': "h", 'ŧ': "t", 'þ': "th", 'Þ': "th",
		// Cyrillic
		'ё': "е", 'Ё': "е",
		// punctuation that stands for a plain one
		'’': "'", '‘': "'", 'ʼ': "'", '′': "'", '`': "'", '“': "\"", '”': "\"", '«': "\"", '»': "\"",
		'–': "-", '—': "-", '‐': "-", '‑': "-", '−': "-", '‒': "-",
		'،': ",", '؛': ";", '؟': "?", '。': ".", '、': ",", '：': ":", '？': "?", '！': "!", '（': "(", '）': ")",
		'٪': "%", '·': ".", '•': ".", '\u00A0': " ",
		// Arabic and Persian letters written in several ways
		'ي': "ی", 'ى': "ی", 'ئ': "ی", 'ك': "ک", 'ة': "ه", 'ۀ': "ه", 'أ': "ا", 'إ': "ا", 'آ': "ا", 'ٱ': "ا", 'ؤ': "و",
		// Greek final sigma
		'ς': "σ",
	}
	for i, r := range []rune("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡxʏᴢ") { // small capitals
		if r > 0x7F {
			m[r] = string(rune('a' + i))
		}
	}
	for i := range rune(10) { // Arabic and Persian figures
		m['٠'+i] = string('0' + i)
		m['۰'+i] = string('0' + i)
	}
	for i := range rune(26) { // letters white on black, and flags' letters
		m['🅐'+i] = string('a' + i)
		m['🅰'+i] = string('a' + i)
		m['🇦'+i] = string('a' + i)
	}
	return m
}()

// simple folds traditional Chinese characters.
var simple = func() map[rune]rune {
	m := map[rune]rune{}
	to := []rune(simplified)
	for i, r := range []rune(traditional) {
		if r != to[i] {
			m[r] = to[i]
		}
	}
	return m
}()

// The traditional Chinese characters that talk of people, places, law and
// money uses most, and their simplified forms, in the same order.
const (
	traditional = "這個們說話請問誰電話號碼樓層門鄰學車牌媽兒歲結婚離開發現場時間錢賬帳戶務實驗證據記錄刪除雲盤檔過還進遠邊關係員團隊師狀訴訟審檢察網絡鏈鑰額價賣買貨單處罰報導聯繫愛麗華國東廣灣區縣鄉鎮街園廠點線裡見覺聽讀寫畫圖視頻總經濟產業傳統應該讓從來對錯沒無為與會後當種幾條張間陳劉楊黃趙吳鄭孫馬許鄧馮於蘇盧蔣賈譚韓羅鐘範方貝爾納聖馬達倫賓諾頓蘭維羅莎凱瑟琳瑪麗貓飛機場鐵護壞責認識聲稱臉書綁緊盡與並僅嗎啊們甚麼誰裏邊搬寶貴罵鍋給氣頂賴騙偽裝備轉讓將軍隱藏櫃臺灣滅毀燒燬庫蹤跡蓋鄰診醫養獎訂閱試嚇嚴懲拘羈捕"
	simplified  = "这个们说话请问谁电话号码楼层门邻学车牌妈儿岁结婚离开发现场时间钱账账户务实验证据记录删除云盘档过还进远边关系员团队师状诉讼审检察网络链钥额价卖买货单处罚报导联系爱丽华国东广湾区县乡镇街园厂点线里见觉听读写画图视频总经济产业传统应该让从来对错没无为与会后当种几条张间陈刘杨黄赵吴郑孙马许邓冯于苏卢蒋贾谭韩罗钟范方贝尔纳圣马达伦宾诺顿兰维罗莎凯瑟琳玛丽猫飞机场铁护坏责认识声称脸书绑紧尽与并仅吗啊们什么谁里边搬宝贵骂锅给气顶赖骗伪装备转让将军隐藏柜台湾灭毁烧毁库踪迹盖邻诊医养奖订阅试吓严惩拘羁捕"
)

// Letters of Cyrillic and Greek that look like Latin ones, and back.
var toLatin = map[rune]rune{
	'а': 'a', 'в': 'b', 'е': 'e', 'к': 'k', 'м': 'm', 'н': 'h', 'о': 'o', 'р': 'p', 'с': 'c', 'т': 't',
	'у': 'y', 'х': 'x', 'і': 'i', 'ї': 'i', 'ј': 'j', 'ѕ': 's', 'ԁ': 'd', 'һ': 'h', 'ԛ': 'q', 'ԝ': 'w', 'ӏ': 'l', 'г': 'r', 'п': 'n', 'ь': 'b', 'и': 'u', 'ո': 'n',
	'α': 'a', 'β': 'b', 'ε': 'e', 'η': 'n', 'ι': 'i', 'κ': 'k', 'μ': 'u', 'ν': 'v', 'ο': 'o', 'ρ': 'p', 'σ': 'o', 'τ': 't', 'υ': 'u', 'χ': 'x', 'ω': 'w', 'γ': 'y',
}

var toCyrillic = map[rune]rune{
	'a': 'а', 'b': 'в', 'e': 'е', 'k': 'к', 'm': 'м', 'h': 'н', 'o': 'о', 'p': 'р', 'c': 'с', 't': 'т',
	'y': 'у', 'x': 'х', 'i': 'і', 'j': 'ј', 's': 'ѕ', 'r': 'г', 'n': 'п', 'u': 'и', 'g': 'д', 'd': 'д',
	'0': 'о', '3': 'з', '4': 'ч', '6': 'б', '1': 'і',
}
